"""Do the engines say the same? Each is held against ONNX Runtime without optimizations: the file's literal meaning."""
import numpy
import onnxruntime


def literal_outputs(case):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(case.path), options, providers=["CPUExecutionProvider"])
    return session.run(None, case.inputs)


def cosine(a, b):
    product = numpy.linalg.norm(a) * numpy.linalg.norm(b)
    return float(a @ b / product) if product > 0 else float(numpy.array_equal(a, b))


def compare(expected, paths):
    """The worst over all outputs: cosine, and the largest error by the largest value. Axes of one may be missing."""
    if len(expected) != len(paths):
        return {"mismatch": f"{len(paths)} outputs, not {len(expected)}"}
    worst, error = 1.0, 0.0
    for want, path in zip(expected, paths):
        want, got = want.ravel().astype(numpy.float64), numpy.load(path).ravel().astype(numpy.float64)
        if want.size != got.size:
            return {"mismatch": f"{got.size} values, not {want.size}"}
        if not numpy.isfinite(got).all():
            return {"mismatch": "values that are not finite"}
        worst = min(worst, cosine(want, got))
        error = max(error, float(abs(want - got).max() / max(abs(want).max(), 1e-30)))
    return {"cosine": worst, "max_error": error}
