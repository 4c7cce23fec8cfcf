import os

# Threads of several processes share few cores: waiting ones must sleep, not spin. Torch reads this once.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from dlcore.cli.main import main

main()
