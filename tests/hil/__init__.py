"""The hardware in the loop: real GPIO chips and a real sound card, simulated by a real kernel."""
