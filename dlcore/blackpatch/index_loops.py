"""The same network with index loops: the arithmetic as a first programme writes it, number by number.

For comparison only: `network` does the same with zip and a dot product. A layer is (weights [out][in],
biases [out]).
"""

from __future__ import annotations

from dlcore.blackpatch.network import Network, Vector, cross_entropy, sigmoid

Layer = tuple[list[Vector], Vector]


def copy_layers(network: Network) -> list[Layer]:
    """The numbers of a network, free to be changed."""
    return [([row[:] for row in layer.weights], layer.biases[:]) for layer in network.layers]


def forward(layers: list[Layer], image: Vector) -> list[Vector]:
    """What flows into every layer, and last [logit]."""
    flow = [image]
    for number in range(len(layers)):
        weights, biases = layers[number]
        x, outputs = flow[number], []
        for i in range(len(weights)):
            z = biases[i]
            for j in range(len(x)):
                z += weights[i][j] * x[j]
            if z < 0.0 and number < len(layers) - 1:  # ReLU, but for the last layer
                z = 0.0
            outputs.append(z)
        flow.append(outputs)
    return flow


def backward(layers: list[Layer], flow: list[Vector], label: int) -> list[Vector]:
    """The blame of every layer's outputs z."""
    blames = [[sigmoid(flow[-1][0]) - label]]
    for number in range(len(layers) - 1, 0, -1):
        weights, blame, passed = layers[number][0], blames[0], []
        for j in range(len(flow[number])):
            total = 0.0
            if flow[number][j] > 0.0:
                for i in range(len(weights)):
                    total += blame[i] * weights[i][j]
            passed.append(total)
        blames.insert(0, passed)
    return blames


def nudge(layers: list[Layer], flow: list[Vector], blames: list[Vector], lr: float) -> None:
    """Move every weight and bias a little against its blame."""
    for number in range(len(layers)):
        weights, biases = layers[number]
        x, blame = flow[number], blames[number]
        for i in range(len(weights)):
            for j in range(len(x)):
                weights[i][j] -= lr * blame[i] * x[j]
            biases[i] -= lr * blame[i]


def train_step(layers: list[Layer], image: Vector, label: int, lr: float) -> float:
    """One update from one image. Returns the loss before it, in nats."""
    flow = forward(layers, image)  # predict
    loss = cross_entropy(flow[-1][0], label)  # measure
    blames = backward(layers, flow, label)  # blame
    nudge(layers, flow, blames, lr)  # nudge
    return loss
