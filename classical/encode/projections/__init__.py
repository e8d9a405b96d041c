"""What is learned on top of an encoder's vectors, one idea a file.

Imports core, classical.encode.identity_model, classical.estimators, classical.linear.
"""
