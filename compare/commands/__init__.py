"""One file for one command. They import what is heavy inside, so that `eigen2arc --help` is there at once."""
