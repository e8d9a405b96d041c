"""Networks taken in from others and handed out: ONNX, int8, InsightFace's weights.

Imports core, deep.encode.backbones, deep.encode.encoders, deep.encode.network, deep.weights_io.
"""
