"""What every service's HTTP has in common: problems, operations' routes, tracing, serving."""
