"""The working side: schedule, tasks, settings, and the wiring where everything meets."""
