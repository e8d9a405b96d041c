"""Steps between align and encode, one a file: crops in, crops out, for either track.

Imports core.
"""
