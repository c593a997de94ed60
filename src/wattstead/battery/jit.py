"""Compiling the kernels: once per machine and version, kept in the user's cache.

A kernel may call one that stands in another file, and the compiler's own cache does not notice when only that one has
changed. So the cache lies in a folder named after all the sources together.
"""

import os
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import platformdirs
from llvmlite import binding  # type: ignore[import-untyped]
from numba.core.compiler import Flags

_Function = TypeVar("_Function", bound=Callable[..., Any])
_SOURCES = Path(__file__).parent / "kernel"
_READY = "ready"


def _whole_width() -> None:
    """Let the compiler use vectors as wide as the processor has; by itself it keeps to half of what AVX-512 offers.

    A quarter faster, although such a processor may lower its clock for them. Who has set these variables of Numba
    knows better, and they come before anything is compiled or not at all.
    """
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:
        return  # a processor that LLVM knows nothing of
    if _features() is None and features.get("avx512f"):
        setattr(numba.config, "CPU_NAME", binding.get_host_cpu_name())  # noqa: B010 (not known to the type checker)
        setattr(numba.config, "CPU_FEATURES", features.flatten() + ",-prefer-256-bit")  # noqa: B010


def _features() -> str | None:
    """Give the features of the processor that the compiler was told, None where it looks by itself."""
    return getattr(numba.config, "CPU_FEATURES", None)


_whole_width()


@cache
def _folder() -> Path:
    digest = blake2b(f"{numba.__version__} {os.cpu_count()} {_features()}".encode(), digest_size=8)
    for source in (Path(__file__), *sorted(_SOURCES.glob("*.py"))):
        digest.update(source.read_bytes())
    return platformdirs.user_cache_path("wattstead") / "kernels" / digest.hexdigest()


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False  # a home that cannot be written: compiled anew at each start
    return os.access(folder, os.W_OK)


_KEPT = _writable(_folder())


def kernel(function: _Function) -> _Function:
    """Compile a function that other kernels call and that makes no arrays, for the processor, at its first call.

    No two arrays that it is given may overlap where it writes one of them.
    Division by zero gives infinity, as in arrays. Nobody counts references to the arrays that it is given: that would
    cost more than most of these functions do.
    """
    return cast("_Function", _apart(_compiled(function, _nrt=False, **_INNER)))


def _apart(compiled: Any) -> Any:
    """Tell the compiler that no two arrays given to a kernel overlap where one is written.

    Then it makes vector code of loops over any number of rows, without looking first. Numba has a flag for it but no
    option; where a later version has moved it, kernels are as right and about half as fast.
    """
    compiler: Any = getattr(compiled, "_compiler", None)
    if hasattr(compiler, "_customize_flags") and hasattr(Flags, "noalias"):
        compiler._customize_flags = _never_overlapping  # noqa: SLF001
    return compiled


def _never_overlapping(flags: Any) -> Any:
    flags.noalias = True
    return flags


def making(function: _Function) -> _Function:
    """Compile a function that other kernels call and that makes arrays of its own."""
    return _compiled(function, **_INNER)


def entry(function: _Function) -> _Function:
    """Compile a function that Python calls."""
    return _compiled(function)


def inlined(function: _Function) -> _Function:
    """Put a function that is called in one place into its caller, so that it is not compiled twice."""
    return cast("_Function", numba.njit(error_model="numpy", inline="always")(function))


_INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # half of the compiler's time is theirs


def _compiled(function: _Function, **options: Any) -> _Function:
    if _KEPT:
        setattr(numba.config, "CACHE_DIR", str(_folder()))  # noqa: B010 (read when a function is handed over)
    return cast("_Function", numba.njit(error_model="numpy", cache=_KEPT, **options)(function))


def ready() -> bool:
    """Whether the kernels have been compiled on this machine before, so that the first step does not wait for them."""
    return _KEPT and (_folder() / _READY).exists()


@cache
def remember() -> None:
    """Note that they have been compiled, once a process: this stands on the way of each step."""
    if _KEPT:
        (_folder() / _READY).touch()
