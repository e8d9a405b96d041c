"""What the losses with margins share: angles, annealing, triplets.

Imports core, deep.ops.
"""
