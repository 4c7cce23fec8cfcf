"""Links to pages that measure something first, set to measure little."""

# What opens with progress, since it measures this very machine, and a link to a short measurement.
MEASURES_FIRST = {
    "black_patch/profiling.py": {"black_patch_profiling__train_size": "40"},
    "mnist/profiling.py": {"mnist_profiling__batch_size": "1", "mnist_profiling__largest": "1"},
    "lr_finder.py": {"lr_finder__batch_size": "8"},
    "mnist/loss_surface.py": {
        "mnist_loss_surface__resolution": "11",
        "mnist_loss_surface__samples": "32",
    },
}
