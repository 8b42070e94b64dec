"""The browser side: visits, pages, verdicts. Knows neither Celery nor SQL."""
