"""Classes of networks made from text, as torch.fx makes them, with a source for whoever asks for it."""

from __future__ import annotations

import linecache
import sys
import weakref
from itertools import count
from types import ModuleType

from torch import nn

_COUNTER = count(1)


def class_from(source: str, name: str, file: str) -> type[nn.Module]:
    """The class of that name in a whole Python file's text, which is run: from known words alone.

    `file` is what the file would be called. There is none.
    """
    unique = next(_COUNTER)
    module_name, path = f"{__package__}.made_{unique}", f"made {unique}/{file}"
    names = {"__name__": module_name}
    exec(compile(source, path, "exec"), names)
    made: type[nn.Module] = names[name]  # type: ignore[assignment]
    # Whoever asks for the class's source, as TorchScript does, finds it as long as the class lives. The
    # module only says where: it holds no class, or none would ever be forgotten.
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    sys.modules[module_name] = module = ModuleType(module_name)
    module.__file__ = path
    weakref.finalize(made, _forget, module_name, path)
    return made


def _forget(module: str, file: str) -> None:
    sys.modules.pop(module, None)
    linecache.cache.pop(file, None)
