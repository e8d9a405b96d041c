"""What is learned on top of an encoder's vectors, one idea a file. Every file has a ``build``."""
