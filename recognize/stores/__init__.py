"""Where the vectors of a gallery live and are searched: a folder on this machine, or a server past one machine.

Imports core.
"""
