"""From the figures of a run to one HTML page. Reads files only: no model, no data set, no network."""
