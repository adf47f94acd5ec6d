"""What every test gets: the ground rules and real services, then the application's own fixtures."""

pytest_plugins = ["tests.harness", "tests.fixtures"]
