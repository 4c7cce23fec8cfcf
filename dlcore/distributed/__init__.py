"""Many processes train one network: each takes a share of the batch, all average their gradients."""
