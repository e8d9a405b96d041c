"""Cascade-CNN: its six networks, its windows and its way of calibrating them."""
