"""The machine with the GPU: an environment in which OpenCL finds it, and what the driver says of it."""

import os
import pathlib
import re
import subprocess
import time

from contest import Failed, json_of

PLACES = ["/usr/lib", "/usr/lib64", "/usr/local", "/opt", "/run"]
SEARCH_SECONDS = 15
REMEDY = (
    "NVIDIA's OpenCL is libnvidia-opencl.so.1, of the same version as the driver. Install it (Debian: "
    "nvidia-opencl-icd; Ubuntu: libnvidia-compute-VERSION), or copy it into FOLDER, with libnvidia-nvvm.so.4, its "
    "compiler. A container gets both with NVIDIA_DRIVER_CAPABILITIES=compute,utility.")


def program_environment(folder, scratch):
    """Variables for the program in `folder`: its libraries, and caches in which nothing old lies."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_"))}
    before = variables.get("LD_LIBRARY_PATH")
    variables["LD_LIBRARY_PATH"] = os.pathsep.join([str(folder)] + ([before] if before else []))
    variables["SEGUE_CACHE"] = str(scratch / "segue")
    variables["CUDA_CACHE_PATH"] = str(scratch / "driver")
    return variables


def devices(program, variables):
    """The OpenCL devices that the program sees, and what it says about missing ones."""
    try:
        answer, errors = json_of([str(program), "devices", "--json"], variables, 30)
        return answer["opencl"], errors.strip()
    except Failed as failure:
        return [], str(failure)


def running_version():
    """The version of the NVIDIA driver that runs; None without one."""
    try:
        text = pathlib.Path("/proc/driver/nvidia/version").read_text()
        return re.search(r"\s(\d+\.\d+(\.\d+)?)\s", text)[1]
    except (OSError, TypeError):
        return graphics_card().get("driver_version")


def driver_folders(folder):
    """Folders in which a driver's libraries may lie: named to the loader, or with libcuda in them."""
    named = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    try:
        listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        listed = ""
    known = re.findall(r"=> (.*)/lib(?:cuda|nvidia-opencl)\.so", listed)
    return list(dict.fromkeys([str(folder), *filter(None, named), *known]))


def driver_libraries(folder):
    """Paths of NVIDIA's OpenCL library, the running driver's version first, and where they were looked for."""
    looked = driver_folders(folder)
    found = [path for place in looked for path in sorted(pathlib.Path(place).glob("libnvidia-opencl.so*"))]
    end = time.monotonic() + SEARCH_SECONDS
    for place in PLACES:
        looked.append(f"{place}/**")
        for parent, children, names in os.walk(place):
            children[:] = [child for child in children if child not in ("python3", "site-packages", "node_modules")]
            found += [pathlib.Path(parent) / name for name in names if name.startswith("libnvidia-opencl.so")]
            if time.monotonic() > end:
                break
    version = running_version() or "-"
    unique = {path.resolve(): path for path in found}
    return sorted(unique.values(), key=lambda path: not str(path.resolve()).endswith(version)), looked


def find_gpu(program, folder, scratch):
    """(environment, device, how it was found). `device` is None where OpenCL offers no GPU; then `how` says where it
    was looked for and what to do."""
    variables = program_environment(folder, scratch)
    seen, said = devices(program, variables)
    if gpu := chosen(seen):
        return variables, gpu, "found as this machine registers it"
    libraries, looked = driver_libraries(folder)
    vendors = scratch / "vendors"
    vendors.mkdir()
    for library in libraries:
        (vendors / "nvidia.icd").write_text(f"{library}\n")
        trial = dict(variables, OCL_ICD_VENDORS=str(vendors))
        trial["LD_LIBRARY_PATH"] += f"{os.pathsep}{library.parent}"
        found, words = devices(program, trial)
        if gpu := chosen(found):
            return trial, gpu, f"found through {library.name}, which this machine does not register"
        said += f"; {library}: {words or 'offers no GPU'}"
    names = ", ".join(f"{device['name']} ({device['kind']})" for device in seen) or "none"
    places = ", ".join(looked)
    sentences = [
        f"OpenCL offers no GPU here. Devices: {names}.",
        f"Looked for libnvidia-opencl.so in {places}: {', '.join(map(str, libraries)) or 'not there'}.",
        *([said.strip("; ").rstrip(".") + "."] if said else []), REMEDY]
    return variables, None, " ".join(sentences)


def chosen(seen):
    """NVIDIA's GPU, else the first of any maker."""
    gpus = [device for device in seen if device["kind"] == "GPU"]
    return next((device for device in gpus if device["platform"] == "NVIDIA CUDA"), next(iter(gpus), None))


def graphics_card():
    """What nvidia-smi tells; empty where there is none."""
    keys = ["name", "driver_version", "clocks.max.sm", "clocks.max.mem", "clocks.sm", "power.limit", "memory.total"]
    try:
        done = subprocess.run(
            ["nvidia-smi", f"--query-gpu={','.join(keys)}", "--format=csv,noheader"], capture_output=True, text=True,
            timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    values = done.stdout.splitlines()[0].split(", ") if done.stdout.strip() else []
    return {key.replace(".", "_"): value.strip() for key, value in zip(keys, values)}
