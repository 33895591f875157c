"""The web pages: ES modules without a bundler, served as they stand."""
