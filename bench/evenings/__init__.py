"""The demo's evenings, sound and all, with their people's truth beside the lamp's diary."""
