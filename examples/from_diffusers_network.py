"""Writes from_diffusers.onnx: the closed form of from_diffusers.cpp for pictures of 4 x 4 on a flow, as a network of
two pictures at a time. The test compares what both draw.

    python from_diffusers_network.py     needs numpy and onnx
"""

import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

SIDE, COUNT = 4, 2
PIXELS = SIDE * SIDE


def shapes():
    """As `shapes` there: a row each."""
    at = (2 * (np.arange(SIDE) + 0.5) / SIDE - 1).astype(np.float32)
    y, x = np.meshgrid(at, at, indexing="ij")
    circle, square, diamond = np.hypot(x, y), np.maximum(abs(x), abs(y)), abs(x) + abs(y)
    inside = [circle < 0.7, (circle < 0.8) & (circle > 0.5), square < 0.6, (square < 0.7) & (square > 0.45),
              diamond < 0.8, (np.minimum(abs(x), abs(y)) < 0.2) & (square < 0.8),
              (abs(abs(x) - abs(y)) < 0.25) & (square < 0.8),
              (y > -0.6) & (y < 0.6) & (abs(x) < 0.4 * (y + 0.7))]
    return np.where(np.array(inside).reshape(8, PIXELS), 1, -1).astype(np.float32)


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value, np.float32), name)


pictures = shapes()
# sigma = t / 1000 and alpha = 1 - sigma, once for each picture and once for each pixel. All pictures have the same
# norm, which therefore cancels: the weights are softmax(alpha x . picture / sigma^2).
nodes = [
    ("MatMul", ["t", "to_pictures"], "sigma"),
    ("MatMul", ["t", "to_pixels"], "sigma_of_pixels"),
    ("Mul", ["sigma", "sigma"], "variance"),
    ("MatMul", ["t", "to_minus"], "minus_sigma"),
    ("Add", ["minus_sigma", "one"], "alpha"),
    ("Flatten", ["x"], "flat"),
    ("MatMul", ["flat", "columns"], "products"),
    ("Mul", ["products", "alpha"], "scaled"),
    ("Div", ["scaled", "variance"], "logits"),
    ("Softmax", ["logits"], "weights"),
    ("MatMul", ["weights", "minus_rows"], "minus_data"),
    ("Add", ["flat", "minus_data"], "difference"),
    ("Div", ["difference", "sigma_of_pixels"], "velocity"),
]
graph = helper.make_graph(
    [helper.make_node(kind, inputs, [output], **({"axis": 1} if kind in ("Flatten", "Softmax") else {}))
     for kind, inputs, output in nodes],
    "closed_form",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [COUNT, 1, SIDE, SIDE]),
     helper.make_tensor_value_info("t", TensorProto.FLOAT, [COUNT, 1])],
    [helper.make_tensor_value_info("velocity", TensorProto.FLOAT, [COUNT, PIXELS])],
    [constant("to_pictures", np.full((1, 8), 1e-3)), constant("to_minus", np.full((1, 8), -1e-3)),
     constant("to_pixels", np.full((1, PIXELS), 1e-3)), constant("one", np.ones(8)),
     constant("columns", pictures.T), constant("minus_rows", -pictures)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
checker.check_model(model)
save(model, str(pathlib.Path(__file__).parent / "from_diffusers.onnx"))
