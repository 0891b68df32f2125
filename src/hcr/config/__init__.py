"""The config directory: auth_config.json and run_configurations/<kind>/*.yaml, read and checked."""
