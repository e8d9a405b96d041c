"""What a score means: probabilities, thresholds with the error rates behind them, and where they were measured.

Imports core, recognize.reading, recognize.stores.
"""
