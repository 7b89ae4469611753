namespace Align.ToyWorld;

/// <summary>Questions about castles, treasures, bands, races and the like, answered by what the prompt says.</summary>
internal static class TaleScenes
{
    public static readonly Scene[] Castle =
    [
        new(["The ghost in the {place1} collects {goods1}, the ghost in the {place2} collects {goods2}.",
             "Our {place1} ghost wants {goods1}, our {place2} ghost wants {goods2}.",
             "{name} met a ghost with {goods1} in the {place1} and one with {goods2} in the {place2}."],
            ["What does the ghost in the {place1} collect?", "What shall I bring to the ghost in the {place1}?", "The ghost in the {place1} is sad. What would help?"],
            ["The ghost in the {place1} collects {}.", "Bring the ghost in the {place1} some {}.", "The ghost in the {place1} wants {}."],
            ["It is a shy ghost.", "The ghost in the {place1} says boo to everyone."],
            "{goods1}", "{goods2}"),
        new(["The {colour1} dragon guards the {treasure1}, the {colour2} dragon guards the {treasure2}.",
             "One dragon is {colour1} and sleeps on the {treasure1}, one is {colour2} and sleeps on the {treasure2}.",
             "{name} fears the {colour1} dragon with the {treasure1} and the {colour2} one with the {treasure2}."],
            ["What does the {colour1} dragon guard?", "What does the {colour1} dragon have?", "What lies under the {colour1} dragon?"],
            ["The {colour1} dragon has the {}.", "The {colour1} dragon guards the {}.", "Under the {colour1} dragon lies the {}."],
            ["Do not wake the {colour1} dragon.", "The {colour1} dragon snores."],
            "{treasure1}", "{treasure2}") { AskedSecond = true },
        new(["The witch turned {name1} into a {pet1} and {name2} into a {pet2}.",
             "{name1} drank the potion and became a {pet1}, {name2} became a {pet2}.",
             "Since midnight {name1} has been a {pet1} and {name2} a {pet2}."],
            ["What is {name1} now?", "What has become of {name1}?", "Which animal is {name1}?"],
            ["{name1} is a {} now.", "{name1} has become a {}.", "Now {name1} is a {}."],
            ["{name1} will be fine by morning.", "{name1} does not mind."],
            "{pet1}", "{pet2}"),
    ];

    public static readonly Scene[] Treasure =
    [
        new(["Captain {name} buried the {treasure1} under the {spot1} and the {treasure2} under the {spot2}.",
             "The {treasure1} lies under the {spot1}, the {treasure2} under the {spot2}.",
             "Two crosses: the {treasure1} is under the {spot1} and the {treasure2} is under the {spot2}."],
            ["Where is the {treasure1}?", "Where do I dig for the {treasure1}?", "Where did the {treasure1} end up?"],
            ["The {treasure1} is under the {}.", "Dig for the {treasure1} under the {}.", "The {treasure1} lies under the {}."],
            ["Bring a spade for the {treasure1}.", "Share the {treasure1} with me."],
            "{spot1}", "{spot2}") { AskedSecond = true },
        new(["The {colour1} map leads to the {treasure1} and the {colour2} map to the {treasure2}.",
             "In the {colour1} chest is the {treasure1}, in the {colour2} chest is the {treasure2}.",
             "Pirate {name} put the {treasure1} into a {colour1} bag and the {treasure2} into a {colour2} bag."],
            ["Which colour leads to the {treasure1}?", "What colour do I want for the {treasure1}?", "I want the {treasure1}. Which colour is it?"],
            ["For the {treasure1} take the {} one.", "The {treasure1} is with the {} one.", "The {} one has the {treasure1}."],
            ["Every pirate wants the {treasure1}.", "The {treasure1} is worth the trouble."],
            "{colour1}", "{colour2}"),
        new(["Parrot {petname1} belongs to Captain {name1}, parrot {petname2} to Captain {name2}.",
             "Captain {name1} sails the ship {petname1} and Captain {name2} sails the ship {petname2}.",
             "{petname1} obeys only Captain {name1}, {petname2} only Captain {name2}."],
            ["Who is the captain of {petname1}?", "To whom does {petname1} belong?", "Which captain has {petname1}?"],
            ["The captain of {petname1} is {}.", "{petname1} belongs to Captain {}.", "{petname1} is with Captain {}."],
            ["{petname1} knows every port.", "{petname1} fears no storm."],
            "{name1}", "{name2}") { AskedSecond = true },
    ];

    public static readonly Scene[] Band =
    [
        new(["{name1} plays the {instrument1} and {name2} plays the {instrument2}.",
             "In our band {name1} is on the {instrument1} and {name2} on the {instrument2}.",
             "{name1} took up the {instrument1}, {name2} the {instrument2}. The neighbours moved out."],
            ["What does {name1} play?", "Which instrument does {name1} have?", "What will {name1} bring to the concert?"],
            ["{name1} plays the {}.", "{name1} has the {}.", "{name1} will bring the {}."],
            ["{name1} plays it loud.", "{name1} never stops playing."],
            "{instrument1}", "{instrument2}"),
        new(["The {instrument1} belongs to {name1}, the {instrument2} to {name2}.",
             "Listen: the {instrument1} is {name1} and the {instrument2} is {name2}.",
             "We gave the {instrument1} to {name1} and the {instrument2} to {name2}."],
            ["Who plays the {instrument1}?", "Whom do I hear on the {instrument1}?", "Who should tune the {instrument1}?"],
            ["The {instrument1} is played by {}.", "On the {instrument1} you hear {}.", "{} plays the {instrument1}."],
            ["The {instrument1} is out of tune.", "The {instrument1} sounds sweet today."],
            "{name1}", "{name2}") { AskedSecond = true },
        new(["The {pet1} sings on {day1} and the {pet2} sings on {day2}.",
             "On {day1} the {pet1} dances for us, on {day2} the {pet2}.",
             "{day1}: opera with a {pet1}. {day2}: opera with a {pet2}."],
            ["When can I hear the {pet1}?", "On which day does the {pet1} perform?", "Which day is the {pet1}'s?"],
            ["The {pet1} is on {}.", "The day of the {pet1} is {}.", "Come for the {pet1} on {}."],
            ["The {pet1} takes it seriously.", "Bring flowers for the {pet1}."],
            "{day1}", "{day2}"),
    ];

    public static readonly Scene[] Races =
    [
        new(["In the snail race {petname1} came first, {petname2} second and {petname3} last.",
             "First over the line was {petname1}, second {petname2}, last {petname3}, writes {name}.",
             "The winners of {city}: first {petname1}, second {petname2}, last {petname3}."],
            ["Who came first?", "Who gets the gold medal of {day}?", "So who won on {day}?"],
            ["First came {}.", "The first one was {}.", "{} came first."],
            ["It took three hours.", "The winner got a lettuce leaf."],
            "{petname1}", "{petname3}") { Least = 3 },
        new(["In the snail race {petname1} came first, {petname2} second and {petname3} last.",
             "First over the line was {petname1}, second {petname2}, last {petname3}, writes {name}.",
             "The losers of {city}: first {petname1}, second {petname2}, last {petname3}."],
            ["Who came last?", "Who was last on {day}?", "Who needs comfort on {day} for being last?"],
            ["Last came {}.", "The last one was {}.", "{} came last."],
            ["It took three hours.", "The last one still got a lettuce leaf."],
            "{petname3}", "{petname1}") { Least = 3 },
        new(["Runner {number1} is {name1} and runner {number2} is {name2}.",
             "{name1} swims in lane {number1}, {name2} swims in lane {number2}.",
             "{name1} has number {number1} on the shirt and {name2} number {number2}."],
            ["Which number has {name1}?", "What is the number of {name1}?", "I cheer for {name1}. Which number is that?"],
            ["{name1} has number {}.", "The number of {name1} is {}.", "{name1} is number {}."],
            ["{name1} trained all winter.", "{name1} eats noodles before every race."],
            "{number1}", "{number2}") { AskedSecond = true },
    ];

    /// <summary>Held out whole: no text of training is about parcels.</summary>
    public static readonly Scene[] Parcels =
    [
        new(["The {colour1} parcel is for {name1} and the {colour2} parcel is for {name2}.",
             "{name1} gets the {colour1} parcel, {name2} gets the {colour2} parcel.",
             "Carry the {colour1} parcel to {name1} and the {colour2} one to {name2}."],
            ["Who gets the {colour1} parcel?", "For whom is the {colour1} parcel?", "Where does the {colour1} parcel go?"],
            ["The {colour1} parcel is for {}.", "Take the {colour1} parcel to {}.", "{} gets the {colour1} parcel."],
            ["Do not shake the {colour1} parcel.", "The {colour1} parcel is light."],
            "{name1}", "{name2}"),
        new(["The parcel from {city1} holds a {gift1}, the parcel from {city2} holds a {gift2}.",
             "{city1} sent us a parcel with a {gift1}, {city2} one with a {gift2}.",
             "There is a {gift1} in the parcel from {city1} and a {gift2} in the parcel from {city2}."],
            ["What is in the parcel from {city1}?", "What did {city1} send?", "What comes out of the parcel from {city1}?"],
            ["The parcel from {city1} has a {}.", "From {city1} comes a {}.", "In the parcel from {city1} is a {}."],
            ["The parcel from {city1} is heavy.", "{city1} is far away."],
            "{gift1}", "{gift2}") { AskedSecond = true },
    ];

    /// <summary>Held out whole: no text of training is about who sits where.</summary>
    public static readonly Scene[] Seats =
    [
        new(["On the ferry the {pet1} sits beside {name1} and the {pet2} beside {name2}.",
             "{name1} sits beside a {pet1}, {name2} sits beside a {pet2}.",
             "Put the {pet1} beside {name1} and the {pet2} beside {name2}."],
            ["Who sits beside the {pet1}?", "Who is beside the {pet1}?", "Who shares the seat with the {pet1}?"],
            ["Beside the {pet1} sits {}.", "The {pet1} sits beside {}.", "{} sits beside the {pet1}."],
            ["The {pet1} has the window seat.", "The {pet1} did not pay."],
            "{name1}", "{name2}"),
        new(["{name1} sits in row {number1} and {name2} in row {number2}.",
             "Row {number1} is for {name1}, row {number2} is for {name2}.",
             "At the cinema {name1} has row {number1}, {name2} has row {number2}."],
            ["In which row is {name1}?", "Which row has {name1}?", "Where do I find {name1}'s row?"],
            ["{name1} sits in row {}.", "The row of {name1} is {}.", "Look for {name1} in row {}."],
            ["{name1} brought popcorn.", "{name1} sleeps in the row."],
            "{number1}", "{number2}") { AskedSecond = true },
    ];
}
