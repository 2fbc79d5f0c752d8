"""The operator: owns the lamp and the switch, and needs nobody else.

A hand on the switch moves the lamp at once. Directives move it too, unless they come too
late. Everything else (files, mail, log) happens afterwards, in another thread, so that
nothing slow can stand between the switch and the lamp.
"""
