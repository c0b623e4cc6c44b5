"""Names of the demo's people: usual first names, family names that were made up for it from syllables of many places.

None is a known person's, and no two people of the demo have both alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

WOMEN = """
Adèle Aïcha Aïssatou Alice Amina Anaïs Angélique Assia Aurélie Awa Barbara Béatrice Bintou Camille Carole Célia
Chantal Charlotte Chloé Clarisse Coralie Cynthia Delphine Djamila Dorine Élodie Émilie Estelle Éva Fanny Fatou
Fiona Florence Gaëlle Gülsen Hawa Héloïse Houria Inès Irina Isabelle Jade Jessica Joana Josiane Karima Katia Kenza
Laëtitia Laura Leïla Lucie Lydia Maïmouna Malika Manon Marina Marlène Maryam Mélanie Mireille Myriam Nadège Nadia
Naïma Noémie Oumou Océane Pauline Perrine Rachida Ramata Rosa Sabrina Salimata Samira Sandrine Selma Sofia Solange
Stéphanie Sylvie Tatiana Thi-Mai Valérie Vanessa Véronique Yasmina Yolande Zineb Zoé
"""
MEN = """
Abdel Adama Adrien Alan Alexis Amadou Anthony Antoine Arnaud Axel Ayoub Baptiste Benoît Boubacar Bruno Cédric
Christophe Corentin Cyril Damien Daniel Dimitri Djibril Dylan Émile Enzo Fabien Farid Fouad Franck Gaëtan Gilles
Grégory Guillaume Habib Hakim Hassan Ibrahima Ismaël Issa Jérémy Joachim Jonathan Jordan Julien Karim Kévin Killian
Lassana Loïc Ludovic Malik Mamadou Marc Mathis Maxime Mehdi Mickaël Moussa Nabil Nicolas Nolan Olivier Ousmane Pascal
Patrice Quentin Rachid Raphaël Rayan Romain Salif Samuel Sébastien Sékou Stéphane Tanguy Théo Thierry Tiago
Valentin Victor Vincent Walid Wilfried Xavier Yacine Yann Yanis Youssef Zacharie
"""
FAMILIES = """
Aubrenet Bardouval Beaulinet Bellonnel Berthivaux Boissardel Bonvalloir Brunelier Cadenoux Carlevan Chabrenois
Champelier Charvenoix Clairembel Corbelaud Courtoivre Dambrevois Delavigerie Desmarolles Dombrevel Ducharnois
Escalevin Fauverteix Ferronneau Fontanelier Froidevin Garivault Genestoir Grandchamais Grimbeuf Guéroncel Hauteraine
Heurtevaux Jaubertin Joncheroux Lachenoix Lavardelle Legriseul Maisonverte Marchevel Maupertois Mellinec Merlevoix
Montbriole Morvillois Noirmaine Orvalet Panvilliers Pelloquet Perdrizeau Pommerolle Quincerot Rambertel Ravineau
Rochebrenne Roussillart Sauvelin Sermoiselle Talvande Tercinet Thibaudel Tournemolle Trévignel Valdoisel Varemberg
Vaucelin Verdellot Villebreuil Vimontel Ysambelle Kerdanigou Kerlanbrec Le-Guirrezec Le-Morzadan Pennamorvan
Aïtmansouri Belkacimet Benaroussi Benchouafa Bensaïdane Boudjellali Boukhanef Chaïbanou Djebarrou Elamrouni
Elkhattaref Ferhaouine Guellouzi Haddoumi Khelifatou Lamraouti Ouchikhane Rahmounet Slimanour Tazroutine Zeghlachi
Zerroukane Adjovinou Bakayori Camarako Coulibassi Diabirou Diallonko Diombéra Fofankéra Kanoutéba Keïtalo Konatéra
Kouassiba Mbenguélé Ndiayoura Ndouralé Ouattaréba Sangariko Sidibari Sissokouna Tourélako Traouléba Bangaloumi
Ilunganou Kabangwésa Loukandala Makiessou Mabialoko Ngoyirala Tshilembou Abrantelho Almeidinha Carvalhinos
Fonsequinha Figueirelo Lourençalho Moreirinho Pereirinhas Quintanelho Salgueirim Garciduel Morenillas Bellandruni
Ferrucelli Marchettol Rossignelli Akyürelli Demirçalı Yıldırelik Kowalczikow Lewandrowik Popesciu Ionescanu Dragutinoff
Hristovac Phamvuong Trandiem Sivarajal Rajendrakam Tharmaselvi Wickramalu Mahatsarou Rakotonjara Andriamazou
Hoarelle Payetin Belrosier Célestinel Zandronis Mikhaïlenka
"""


def pairs(draw: random.Random, women: int, men: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """First name and family name of so many women and so many men, no pair twice, no family more often than needed."""
    families = list(_turns(draw, FAMILIES, women + men))
    hers, his = _turns(draw, WOMEN, women), _turns(draw, MEN, men)
    return (
        list(zip(hers, families[:women], strict=False)),
        list(zip(his, families[women:], strict=True)),
    )


def _turns(draw: random.Random, names: str, count: int) -> Iterator[str]:
    """Every name once in a drawn order, then again in another."""
    given = 0
    while given < count:
        order = names.split()
        draw.shuffle(order)
        yield from order[: count - given]
        given += len(order)
