"""``python -m simulator`` is ``cityfibre-simulator``."""

from simulator.cli import main

if __name__ == "__main__":
    main()
