"""MTCNN: its three networks, their candidates and its way with boxes."""
