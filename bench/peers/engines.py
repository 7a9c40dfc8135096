"""The engines and how each is started on a case (cases.py). An engine that cannot run a case says why."""
import dataclasses
import json
import pathlib
import subprocess
import sys

import cases

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Engine:
    name: str
    command: object  # (case, threads, folder) -> argv, or a string: why not
    only_threads: int = 0  # 0: any number

    def __str__(self):
        return self.name


def python_worker(engine, *arguments):
    return [sys.executable, str(HERE / f"worker_{engine}.py"), *map(str, arguments)]


def hedge(program):
    def command(case, threads, _):
        argv = [program, "bench", "--worker", str(case.path), "--threads", str(threads)]
        for name, shape in case.dynamic_shapes().items():
            argv += ["--shape", f"{name}={'x'.join(map(str, shape))}"]
        for name, value in case.freezes.items():
            argv += ["--freeze", f"{name}={value}"]
        return argv
    return Engine("hedge", command)


def onnxruntime(name, spinning):
    return Engine(name, lambda case, threads, _: python_worker(
        "onnxruntime", case.path, "--threads", threads, "--spinning", int(spinning)),
        0 if spinning else 2)  # without a second thread nobody spins


def openvino():
    return Engine("openvino", lambda case, threads, _: python_worker(
        "openvino", case.path, "--threads", threads, "--shapes", json.dumps(case.shapes())))


def openvino_nncf():
    return Engine("ov-nncf", nncf_command)


def nncf_command(case, threads, folder):
    """The same network in INT8 by OpenVINO's own quantizer: another file, of other scales, the same work."""
    if case.kind != "int8":
        return "it is for INT8"
    source = cases.float_file(case.model, folder / "models")
    if source is None:
        return "the network's FP32 file is not here"
    model = folder / "nncf" / f"{case.model}.xml"
    if not model.exists() or model.stat().st_mtime < source.stat().st_mtime:
        model.parent.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run([sys.executable, str(HERE / "make_nncf.py"), case.model, str(source), str(model)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            model.unlink(missing_ok=True)
            return f"NNCF failed: {error}"
    return python_worker("openvino", model, "--threads", threads, "--shapes", json.dumps(case.shapes()))


def ncnn():
    return Engine("ncnn", lambda case, threads, folder: ncnn_command(case, threads, folder))


def ncnn_command(case, threads, folder):
    if case.kind != "fp32":
        return "it reads no QDQ model"
    if any(value.dtype.kind != "f" or value.ndim == 0 for value in case.inputs.values()):
        return "an input is not a float tensor"
    model = convert_for_ncnn(case, folder / "ncnn")
    if isinstance(model, str):
        return model
    return python_worker("ncnn", model, "--threads", threads, "--inputs", json.dumps(list(case.inputs)))


def convert_for_ncnn(case, folder):
    """ONNX -> .param and .bin by pnnx, once; weights stay FP32. The path without suffix, or why not."""
    base = folder / case.model / case.model
    target = base.with_name(base.name + ".ncnn")
    if not target.with_name(target.name + ".param").exists():
        base.parent.mkdir(parents=True, exist_ok=True)
        link = base.with_suffix(".onnx")
        link.unlink(missing_ok=True)
        link.symlink_to(case.path.resolve())
        shapes = ",".join("[" + ",".join(map(str, v.shape)) + "]f32" for v in case.inputs.values())
        try:
            subprocess.run([pnnx_program(), link.name, f"inputshape={shapes}", "fp16=0"], cwd=base.parent,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            return f"pnnx failed: {error}"
    param = target.with_name(target.name + ".param")
    if not param.exists():
        return "pnnx wrote no model"
    # What pnnx could not express in ncnn's layers it leaves by its own name, which has a dot.
    left = sorted({line.split()[0] for line in param.read_text().splitlines()[2:] if "." in line.split()[0]})
    return f"ncnn has no {', '.join(left)}" if left else target


def pnnx_program():
    """The program inside the wheel: its Python side wants PyTorch, itself it needs nothing."""
    import importlib.util
    return str(pathlib.Path(importlib.util.find_spec("pnnx").submodule_search_locations[0]) / "pnnx")


def litert():
    return Engine("litert", lambda case, threads, _: python_worker("litert", case.tflite, "--threads", threads)
                  if case.tflite else "no .tflite given (--tflite)")


def all_engines(program):
    return [hedge(program), onnxruntime("onnxruntime", True), onnxruntime("ort-nospin", False), openvino(),
            openvino_nncf(), ncnn(), litert()]
