"""One module for each claim about speed, run against its peers: `python -m benchmarks NAME`."""
