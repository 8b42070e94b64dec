"""The calculator, by worked examples and by what holds for every history."""
