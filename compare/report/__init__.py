"""From the metrics of a run to one HTML page. Reads files only: no model, no data set, no network.

Imports core.
"""
