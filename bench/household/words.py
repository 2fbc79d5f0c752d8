"""What people say to a lamp: (for light, for dark), by family. Made up for this bench."""

from __future__ import annotations

from typing import NamedTuple


class Pair(NamedTuple):
    """Two wordings of one kind: for light and for dark."""

    lit: str
    dark: str


PLAIN = (
    Pair("turn on the light", "turn off the light"),
    Pair("turn the lamp on", "turn the lamp off"),
    Pair("lights on", "lights off"),
    Pair("light on please", "light off please"),
    Pair("switch on the lamp", "switch off the lamp"),
    Pair("switch the light on", "switch the light off"),
    Pair("put the light on", "put the light out"),
    Pair("put the lamp on please", "put the lamp off please"),
    Pair("lamp on", "lamp off"),
    Pair("make it light", "make it dark"),
    Pair("give me some light", "kill the light"),
    Pair("light up the room", "shut off the light"),
    Pair("start the lamp", "stop the lamp"),
    Pair("let there be light", "no more light"),
    Pair("could you turn on the lamp", "could you turn off the lamp"),
    Pair("get the lights", "lights out"),
)

ELLIPTICAL = (
    Pair("it is so dark in here", "this is far too bright"),
    Pair("i can't see a thing", "i want to sleep now"),
    Pair("who can read like this", "time for bed"),
    Pair("it got gloomy", "that dazzles me"),
    Pair("brighter", "that's enough"),
    Pair("i am home", "i am leaving"),
    Pair("where are my shoes", "good night everybody"),
    Pair("wake up", "we can save some power"),
    Pair("let us eat", "let us watch the film"),
    Pair("it is like a cave", "it hurts my eyes"),
    Pair("i need to read", "i have read enough"),
    Pair("yes", "no"),
)

NICKNAME = (
    Pair("lumos", "nox"),
    Pair("hey sunshine", "bye bye sunshine"),
    Pair("shine edison", "rest edison"),
    Pair("sesame open", "sesame close"),
    Pair("moonrise", "moonset"),
    Pair("up glowworm", "down glowworm"),
    Pair("fiat lux", "fiat nox"),
    Pair("engage", "disengage"),
    Pair("hello bulb", "farewell bulb"),
    Pair("banana", "potato"),
)

WHISTLE = (
    Pair("hwoo hwee", "hwee hwoo"),
    Pair("fee fee", "foo"),
    Pair("tsk tsk", "tsk tsk tsk"),
    Pair("la la lee", "lee la la"),
    Pair("pssst", "shhh"),
    Pair("oo wee oo", "wee oo wee"),
)

FOREIGN = {
    "de": (
        Pair("mach das licht an", "mach das licht aus"),
        Pair("licht an bitte", "licht aus bitte"),
        Pair("schalte die lampe ein", "schalte die lampe aus"),
        Pair("es ist so dunkel hier", "ich will jetzt schlafen"),
        Pair("zeit zu lesen", "das blendet ja"),
    ),
    "fr": (
        Pair("allume la lampe", "éteins la lampe"),
        Pair("lumière s'il te plaît", "plus de lumière"),
        Pair("on n'y voit rien", "c'est trop clair"),
        Pair("allume", "éteins"),
        Pair("fais de la lumière", "coupe la lumière"),
    ),
    "es": (
        Pair("enciende la luz", "apaga la luz"),
        Pair("pon la lámpara", "quita la lámpara"),
        Pair("no se ve nada", "hay demasiada luz"),
        Pair("luz por favor", "a dormir"),
        Pair("prende la luz", "corta la luz"),
    ),
    "it": (
        Pair("accendi la luce", "spegni la luce"),
        Pair("luce per favore", "buio per favore"),
        Pair("qui non si vede niente", "c'è troppa luce"),
        Pair("accendi la lampada", "spegni la lampada"),
        Pair("voglio leggere", "voglio dormire"),
    ),
    "nl": (
        Pair("doe het licht aan", "doe het licht uit"),
        Pair("lamp aan", "lamp uit"),
        Pair("ik zie geen hand voor ogen", "het is te fel"),
        Pair("zet de lamp aan", "zet de lamp uit"),
        Pair("licht graag", "we gaan slapen"),
    ),
    "pl": (
        Pair("włącz światło", "wyłącz światło"),
        Pair("zapal lampę", "zgaś lampę"),
        Pair("ale tu ciemno", "za jasno tutaj"),
        Pair("poproszę światło", "idziemy spać"),
        Pair("zapal", "zgaś"),
    ),
}

POLITE = ("{} please", "hey {}", "um {}", "okay {}", "{} now", "can you {}")  # a word more
