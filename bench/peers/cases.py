"""What is measured: FP32 and QDQ files with one input each. A case is one file."""
import dataclasses
import pathlib

import numpy
import onnx
from onnx import numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = ROOT.parent / "shared" / "assets"

# Where a file leaves an axis open: the shape to run, else 1 (the batch).
OPEN_SHAPES = {"silero_vad_16k": {"input": (1, 512), "state": (2, 1, 128)}}
FREEZES = {"silero_vad_16k": {"sr": 16000}}
# Values of inputs without a recorded example: pixels where the model takes them raw.
PIXEL_INPUTS = {"person_vtest"}


@dataclasses.dataclass
class Case:
    model: str
    kind: str  # fp32 or int8
    path: pathlib.Path
    inputs: dict  # name -> array
    declared: dict  # name -> shape with None where open
    freezes: dict
    tflite: str = ""

    @property
    def name(self):
        return f"{self.model}.{self.kind}"

    def shapes(self):
        return {name: list(value.shape) for name, value in self.inputs.items()}

    def dynamic_shapes(self):
        return {name: shape for name, shape in self.shapes().items()
                if None in self.declared[name] and name not in self.freezes}


def declared_inputs(path):
    """name -> (numpy type, shape with None where open)."""
    graph = onnx.load(path, load_external_data=False).graph
    constants = {value.name for value in graph.initializer}
    ports = {}
    for port in graph.input:
        if port.name not in constants:
            tensor = port.type.tensor_type
            shape = tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim)
            ports[port.name] = (onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type), shape)
    return ports


def example(model, kind):
    """The recorded input of shared/assets/golden, if there is one."""
    folder = SHARED / "golden" / (model + (".qdq" if kind == "int8" else "")) / "test_data_set_0"
    values = [numpy_helper.to_array(onnx.load_tensor(path)) for path in sorted(folder.glob("input_*.pb"))]
    return values


def inputs_of(model, kind, path):
    ports = declared_inputs(path)
    recorded = example(model, kind)
    random = numpy.random.default_rng(1)
    inputs = {}
    for index, (name, (dtype, shape)) in enumerate(ports.items()):
        if name in FREEZES.get(model, {}):
            inputs[name] = numpy.array(FREEZES[model][name], dtype)
        elif index < len(recorded):
            inputs[name] = numpy.ascontiguousarray(recorded[index], dtype)
        else:
            size = OPEN_SHAPES.get(model, {}).get(name, tuple(d or 1 for d in shape))
            value = random.uniform(0, 255, size) if model in PIXEL_INPUTS else random.standard_normal(size)
            inputs[name] = value.astype(dtype)
    return inputs, {name: shape for name, (_, shape) in ports.items()}


def make_case(model, kind, path):
    inputs, declared = inputs_of(model, kind, path)
    return Case(model, kind, path, inputs, declared, FREEZES.get(model, {}))


def float_file(model, made):
    """The FP32 file of a network, or None."""
    found = [path for name, kind, path in list_files(made) if name == model and kind == "fp32"]
    return found[0] if found else None


def list_files(made):
    """(model, kind, path) of all that is there; `made` is the folder of make_models.py."""
    files = [(path.stem, "fp32", path) for path in sorted((SHARED / "models").glob("*.onnx"))]
    files += [(path.name.removesuffix(".qdq.onnx"), "int8", path)
              for path in sorted((SHARED / "models" / "qdq").glob("*.qdq.onnx"))]
    files.append(("person_vtest", "fp32", ROOT / "models" / "person_vtest.onnx"))
    for path in sorted(made.glob("*.onnx")):
        quantized = path.name.endswith(".qdq.onnx")
        files.append((path.name.removesuffix(".onnx").removesuffix(".qdq"), "int8" if quantized else "fp32", path))
    order = list(dict.fromkeys(model for model, _, _ in files))
    return sorted(files, key=lambda file: (order.index(file[0]), file[1]))
