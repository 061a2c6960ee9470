"""A delivered model as an ONNX file."""
