"""What the losses with margins share: one forward, angles, annealing.

Imports core, deep.ops.
"""
