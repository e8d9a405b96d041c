"""What every room shares: types, stage protocols, the pipeline, geometry, images, checks and plug-ins."""
