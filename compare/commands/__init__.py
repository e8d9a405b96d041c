"""One file for one command. They import what is heavy inside, so that `eigen2arc --help` is there at once.

Imports core, datasets, classical, deep, compare.bundles, compare.calibration, compare.clusters, compare.data_tools,
compare.detection_study, compare.explain, compare.fuzzing, compare.loss_study, compare.peers.races, compare.photos,
recognize, compare.report, compare.run_diff, compare.runner.
"""
