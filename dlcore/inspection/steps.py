"""The steps of a forward pass in their order: leaf modules, and the functions that forward calls between.

`F.relu` and `flatten` are no modules, so a summary by modules leaves them out. Here they are steps too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

Around = Callable[[str], AbstractContextManager[Any]]


@contextmanager
def around_steps(
    model: nn.Module, around: Around, leave: Callable[..., None] | None = None
) -> Iterator[None]:
    """While this lasts, each step of `model`'s forward pass runs within `around(name)`.

    Names are those of modules, or of functions; where they end without a number they get one ("pool1").
    `leave(name, operation, input, output)` hears of each step that gives a tensor; `operation` is the module
    or the function. The model has hooks meanwhile, none afterwards: give it a network of your own. Only this
    thread is watched.
    """
    watch = _Watch(model, around, leave)
    with ExitStack() as stack:
        for hook in watch.hooks():
            stack.callback(hook.remove)
        stack.enter_context(watch)
        yield


class Names:
    """One name for each use: "pool1", "pool2"; where it has a number of its own, "conv1", "conv1 2"."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def __call__(self, name: str) -> str:
        self._used[name] += 1
        if not name[-1:].isdigit():
            return f"{name}{self._used[name]}"
        return name if self._used[name] == 1 else f"{name} {self._used[name]}"


def leaves(model: nn.Module) -> dict[nn.Module, str]:
    """The modules that compute, by the name that the model's class gives them."""
    return {module: name for name, module in model.named_modules() if not any(module.children())}


class _Watch(TorchFunctionMode):
    def __init__(self, model: nn.Module, around: Around, leave: Callable[..., None] | None) -> None:
        super().__init__()
        self._model, self._around, self._leave = model, around, leave
        self._names = Names()
        self._inside = False  # the model's forward pass, and no leaf of it
        self._name = ""  # of the leaf that runs
        self._open = ExitStack()

    def hooks(self) -> Iterator[Any]:
        yield self._model.register_forward_pre_hook(self._begin)
        yield self._model.register_forward_hook(self._end, always_call=True)
        for module, name in leaves(self._model).items():
            yield module.register_forward_pre_hook(lambda *_, name=name: self._enter(name))
            yield module.register_forward_hook(self._exit, always_call=True)

    def _begin(self, *_: Any) -> None:
        self._names, self._inside = Names(), True

    def _end(self, *_: Any) -> None:
        self._inside = False

    def _enter(self, name: str) -> None:
        self._inside, self._name = False, self._names(name)
        self._open.enter_context(self._around(self._name))

    def _exit(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        self._open.close()
        self._tell(self._name, module, inputs, output)
        self._inside = True

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if not self._inside:
            return func(*args, **(kwargs or {}))
        self._inside = False  # what the function calls is part of it
        name = self._names(getattr(func, "__name__", "function"))
        try:
            with self._around(name):
                output = func(*args, **(kwargs or {}))
            self._tell(name, func, args, output)
        finally:
            self._inside = True
        return output

    def _tell(self, name: str, operation: Any, inputs: Any, output: Any) -> None:
        if self._leave is not None and isinstance(output, Tensor):
            self._leave(name, operation, inputs[0], output)
