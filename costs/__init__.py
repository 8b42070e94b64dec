"""The cost calculator: pure, on the words of `domain/`."""
