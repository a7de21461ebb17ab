"""A caption or a credit is told from a summary."""

import pytest

from bot.text.captions import LONGEST, is_caption

CAPTIONS = """
A general view of the harbour of Latakia, Syria, May 3, 2021. REUTERS/Jane Doe
A general view of the power plant near Tula.
An aerial view shows flooded fields in the Kherson region.
A combination of file pictures shows the two candidates.
A handout picture released by the ministry shows sailors on deck.
FILE PHOTO: The logo of the company is seen on its headquarters in Zurich
FILE - Workers repair a pipeline in the north of Iraq, June 12, 2019.
File photo: a S-400 launcher at a parade in Moscow.
File picture of the finance minister
(FILE) The minister arrives at a summit in Brussels.
Image copyright Getty Images Image caption The bridge was closed on Monday
Image source, PA Media
Image caption Two ships lie at anchor off Odesa
Photo: Jane Doe / TASS
Photo by John Smith/Getty Images
Photo credit: Ministry of Defence
Фото: Иван Иванов / ТАСС
Фото: пресс-служба губернатора
На фото: губернатор на открытии моста
The president at a meeting of ministers. Ivan Ivanov / TASS
Pyotr Petrov / Moskva News Agency
A street market in Kazan. Jane Doe / AFP via Getty Images
Protesters hold flags in the rain. (AP Photo/John Smith)
Protesters hold flags in the rain. (Photo by Jane Doe/NurPhoto via Getty Images)
Fishermen mend their nets at dawn [John Smith/Al Jazeera] [Photo: John Smith]
Residents wait for water in the old town [Jane Doe/Reuters]
A fire engine is seen in this photo taken in Perm, Russia, on Friday.
The tanker is pictured in this undated handout image.
The first minister is seen at a school in a file photo.
In this photo taken on Tuesday, miners rest after their shift.
In this May 4, 2018 file photo, a farmer walks through his field.
A helicopter lands on a roof in this still image from a video released by the army
Undated handout photo of the missing boat
Ministers on the steps of the palace. Photograph: Jane Doe/EPA
""".strip().splitlines()

SUMMARIES = """
The general view among economists is that the rouble will fall.
A general took the view that the offensive had failed.
Ministers take a general view of the matter, and leave the rest to the courts.
An aerial attack on the port killed three people, officials said.
The ministry released photos of the exercise on Friday.
Photos of the wedding were sold to a magazine.
A photo of the two leaders caused an uproar at home.
The photographer Jane Doe has won the prize for her pictures from Idlib.
A woman is seen as the favourite to lead the party.
The rebels are seen as close to the government in Ankara.
The plan is seen in this town as a betrayal.
The king is pictured by his biographer as a lonely man.
File sharing was made a crime on Monday.
Files leaked from the bank name dozens of officials.
In this year's election, three parties may enter parliament.
In this picture of Europe, Russia has no place, the minister said.
The foreign minister told Reuters that talks would go on.
The drone was built by a firm owned by the state, TASS reported.
Shares of the company fell by 3 %, according to Bloomberg.
Both sides want a deal, and/or more time, he told AP.
The report was first published by AFP.
He was photographed with a pistol on election day, which cost him his seat.
The image of the army has suffered, polls say.
Image rights are worth millions to the club.
Getty Images has sued the maker of the program.
Handouts to pensioners will end in May.
A selection of the best images of the week.
Фотограф погиб под Идлибом.
Фото взорвавшегося моста появились в сети, сообщил губернатор.
A handout of food ended in chaos, and 20 people were hurt.
The film is a still life of a city at war.
A combination of drugs may stop the virus.
An undated letter shows that the minister knew.
The minister was seen in a photo with the banker, which cost her the post.
He was pictured in a photograph from 2010 at the villa.
Photo ID will be needed at the polls.
""".strip().splitlines()


@pytest.mark.parametrize("text", CAPTIONS)
def test_a_caption_is_told_by_its_signs(text):
    assert is_caption(text)


@pytest.mark.parametrize("text", SUMMARIES)
def test_a_summary_that_speaks_of_pictures_or_agencies_is_no_caption(text):
    assert not is_caption(text)


def test_what_is_longer_than_a_caption_has_a_text_behind_it():
    assert is_caption("FILE PHOTO: " + "x" * (LONGEST - 12))
    assert not is_caption("FILE PHOTO: " + "x" * LONGEST)
    assert not is_caption("")
