"""What the losses with margins share beside their forward: angles, annealing.

Imports deep.ops.
"""
