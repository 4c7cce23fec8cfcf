"""Muon for whatever is a matrix, AdamW for the rest: two of torch's own rules behind one."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class MuonAdamW(torch.optim.Optimizer):
    """Matrices of weights by Muon, kernels too, laid flat as (out, all else); biases and scales by AdamW.

    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", with its Nesterov momentum.
    Its updates are scaled to the length of AdamW's (Liu et al. 2025, "Muon is Scalable for LLM Training",
    equation 4): so both take one `lr`. The state of both is kept here, under the parameter it belongs to.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        # "fused", as AdamW is below: then `load_state_dict` puts its step counts on the device.
        known = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "fused": True}
        super().__init__(params, known)
        given = self.param_groups[0]["params"]
        self.flat = {p: nn.Parameter(self.rows(p.detach(), p)) for p in given if p.dim() > 1}
        self.muon = torch.optim.Muon(self.flat.values(), adjust_lr_fn="match_rms_adamw")
        self.adamw = torch.optim.AdamW([p for p in given if p.dim() < 2], fused=True)

    @staticmethod
    def rows(tensor: Tensor, like: Tensor) -> Tensor:
        """(out, …) -> (out, N), in the order in which `like` lies in memory: of itself this is no copy."""
        if like.dim() == 4 and like.is_contiguous(memory_format=torch.channels_last):
            tensor = tensor.permute(0, 2, 3, 1)
        return tensor.flatten(1)

    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for kernel, flat in self.flat.items():
            flat.grad = None if kernel.grad is None else self.rows(kernel.grad, kernel)
            self.muon.state[flat] = self.state[kernel]
        self.adamw.state = self.state
        for rule in (self.muon, self.adamw):
            for name in rule.defaults.keys() & {"lr", "momentum", "weight_decay"}:
                rule.param_groups[0][name] = self.param_groups[0][name]
            rule.step()  # type: ignore[no-untyped-call]
