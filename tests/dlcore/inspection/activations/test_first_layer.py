import numpy as np
import torch

from dlcore.inspection.activations.first_layer import first_layer_maps
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model


def test_the_first_layers_maps_are_its_convolution_and_leave_no_trace():
    model = build_model("FastCNN", seed=3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    digit = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    maps = first_layer_maps(model, digit, NORMALIZE["mnist"])
    image = (digit / 255 - 0.1307) / 0.3081
    kernel = model.conv1.weight[5, 0].detach().numpy()
    by_hand = (image[2:7, 3:8] * kernel).sum() + model.conv1.bias[5].item()
    assert maps.shape == (24, 24, 24)
    assert np.isclose(maps[5, 2, 3], by_hand, atol=1e-4)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
