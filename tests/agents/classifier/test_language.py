"""Which language short messages are in, and that English ones raise no false alarm."""

import timeit

import pytest

from agents.classifier.corpus import OUT_OF_SCOPE, load_corpus
from agents.classifier.language import read_language

pytestmark = pytest.mark.unit

SHORT = {
    "de": [
        "Mein Internet geht nicht",
        "Rechnung falsch",
        "Passwort vergessen",
        "Ich will kündigen",
        "Wo ist meine Bestellung?",
        "Hilfe!",
        "Guten Morgen",
        "Kein Netz",
        "Was kostet das?",
        "Vertrag kündigen bitte",
        "Doppelt abgebucht",
        "WLAN ist langsam",
        "Warum so teuer?",
        "Konto gesperrt",
        "Mit einem Menschen sprechen",
        "Störung in Berlin",
        "Ich moechte kuendigen",
        "Ja bitte",
        "Nein danke",
        "Stimmt nicht",
    ],
    "fr": [
        "Mon internet ne marche pas",
        "Facture incorrecte",
        "Mot de passe oublié",
        "Je veux résilier",
        "Où est ma commande ?",
        "Pas de connexion",
        "Bonsoir",
        "Combien ça coûte ?",
        "Un remboursement svp",
        "Problème de facture",
        "Résiliation",
        "Débité deux fois",
        "C’est trop cher",
        "Le wifi est lent",
        "Aidez-moi",
        "Panne internet",
        "D'accord",
        "Non merci",
        "Quel est le prix ?",
        "Oui, s'il vous plaît",
    ],
    "es": [
        "No tengo internet",
        "Mi factura está mal",
        "Olvidé mi contraseña",
        "Quiero cancelar",
        "¿Dónde está mi pedido?",
        "No funciona",
        "Ayuda",
        "Buenas tardes",
        "¿Cuánto cuesta?",
        "Quiero un reembolso",
        "Me cobraron dos veces",
        "Es muy caro",
        "El wifi va lento",
        "Hay una avería",
        "Sin conexión",
        "Darme de baja",
        "Sí, por favor",
        "No, gracias",
        "Llámame mañana",
        "Problema con la factura",
    ],
    "it": [
        "Non funziona internet",
        "Ho dimenticato la password",
        "Voglio disdire",
        "Buonasera",
        "Quanto costa?",
        "Grazie mille",
        "Aiuto per favore",
        "La bolletta è sbagliata",
        "Dov'è il mio ordine?",
        "Sì, grazie",
    ],
    "pt": [
        "Não tenho internet",
        "Esqueci minha senha",
        "Quero cancelar",
        "Bom dia",
        "Quanto custa?",
        "Muito obrigado",
        "Preciso de ajuda",
        "A fatura está errada",
        "Onde está o meu pedido?",
        "Sim, por favor",
    ],
    "nl": [
        "Mijn internet werkt niet",
        "Wachtwoord vergeten",
        "Ik wil opzeggen",
        "Goedemiddag",
        "Hoeveel kost dat?",
        "Dank je wel",
        "Ik heb hulp nodig",
        "De factuur klopt niet",
        "Waar is mijn bestelling?",
        "Ja, graag",
    ],
}
OTHER_SCRIPTS = {
    "ru": "Мой интернет не работает",
    "el": "Δεν έχω ίντερνετ",
    "ar": "الإنترنت لا يعمل",
    "he": "האינטרנט לא עובד",
    "hi": "इंटरनेट नहीं चल रहा",
    "th": "อินเทอร์เน็ตช้า",
    "zh": "我的网络坏了",
    "ja": "インターネットが遅い",
    "ko": "인터넷이 안 돼요",
}
ENGLISH = [
    *("hi", "ok", "yes", "no", "thanks", "help", "refund", "agent", "internet", "premium", "Tuesday", "fine", "ASAP"),
    *("no internet", "no signal", "no thanks", "no idea", "no data", "no me neither", "no no no", "who am I"),
    *("cancel plan", "Plus plan", "Pro plan price?", "per month?", "is it plus tax", "EST or PST?", "total cost"),
    *("wifi down", "router broken", "SIM card", "PIN code", "email error", "account problem", "service problem"),
    *("my phone died", "internet die again", "my devices die", "come on", "hard as a rock", "use it on a Mac"),
    *("send to Maria", "Don Juan", "met him in Rome", "route it via Paris", "sent twice", "comment on the bill"),
    *("my name is Müller", "jalapeño order", "Señor Taco office", "Café on 5th street", "résumé upload fails"),
    *("El Paso office", "Las Vegas", "La Quinta", "San Jose, CA", "Los Angeles", "my son is on the plan"),
    *("a la carte tv", "plan B", "de facto", "in situ", "et al", "as per contract", "question about an invoice"),
    *("ORD-10023", "3pm", "alice.morgan@example.org", "👍", "€€€", "My name is Дмитрий and my bill is wrong"),
]


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in SHORT.items() for text in texts])
def test_short_messages(language: str, text: str) -> None:
    assert read_language(text) == language


@pytest.mark.parametrize(("language", "text"), OTHER_SCRIPTS.items())
def test_other_scripts(language: str, text: str) -> None:
    assert read_language(text) == language


@pytest.mark.parametrize("text", ENGLISH)
def test_short_english_raises_no_alarm(text: str) -> None:
    assert read_language(text) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("premium Paket bitte schnellstens danke", "de"),
        ("gracias team, love premium TV", "en"),
        ("Übertragungsgerät schwächelt", "de"),
        ("L'abbonamento", "it"),
        ("L'abonnement", "fr"),
    ],
)
def test_what_counts_as_evidence(text: str, language: str) -> None:
    """Two words in a longer text, a letter, and both parts of what is elided."""
    assert read_language(text) == language


def test_no_utterance_of_the_training_data_raises_an_alarm() -> None:
    corpus = load_corpus()
    english = [text for text, label in zip(corpus.texts, corpus.labels, strict=True) if label != OUT_OF_SCOPE]
    assert [text for text in english if read_language(text) != "en"] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [("2026-11-03", "de"), ("👍", "de"), ("", "de"), ("ORD-1234", "de"), ("I want a refund", "en"), ("merci", "fr")],
)
def test_what_shows_no_language_leaves_it_as_it_was(text: str, language: str) -> None:
    assert read_language(text, otherwise="de") == language


def test_reading_costs_a_fraction_of_a_millisecond() -> None:
    texts = [text for texts in SHORT.values() for text in texts]
    best = min(timeit.repeat(lambda: [read_language(text) for text in texts], number=5, repeat=5)) / 5 / len(texts)
    longest = min(timeit.repeat(lambda: read_language("ä' " * 5_000), number=5, repeat=5)) / 5
    print(f"{best * 1e6:.0f} us a message, the longest {longest * 1e6:.0f} us")
    assert best < 0.0003
    assert longest < 0.005
