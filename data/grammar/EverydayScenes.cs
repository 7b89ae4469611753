namespace Align.ToyWorld;

/// <summary>Questions about pets, lost things, journeys, meals, hours and presents, answered by what the prompt says.</summary>
internal static class EverydayScenes
{
    public static readonly Scene[] Pets =
    [
        new(["{name1} has a {pet1} called {petname1} and {name2} has a {pet2} called {petname2}.",
             "{name1}'s {pet1} is called {petname1}, {name2}'s {pet2} is called {petname2}.",
             "The {pet1} answers to {petname1}, the {pet2} only to {petname2}."],
            ["What is the {pet1} called?", "What is the name of the {pet1}?", "How do I call the {pet1}?", "Which name does the {pet1} have?"],
            ["The {pet1} is called {}.", "The name of the {pet1} is {}.", "You can call the {pet1} {}."],
            ["It is a proud {pet1}.", "A {pet1} comes when it wants to."],
            "{petname1}", "{petname2}"),
        new(["{name1} has a {colour1} {pet1} and {name2} has a {colour2} {pet2}.",
             "A {colour1} {pet1} sits on the sofa, a {colour2} {pet2} sits under it.",
             "{name} dreams of a {colour1} {pet1} and a {colour2} {pet2}."],
            ["What colour is the {pet1}?", "Which colour does the {pet1} have?", "Tell me the colour of the {pet1}."],
            ["The {pet1} is {}.", "The colour of the {pet1} is {}.", "It is a {} {pet1}."],
            ["A fine colour for a {pet1}.", "The {pet1} is proud of it."],
            "{colour1}", "{colour2}") { AskedSecond = true },
        new(["The {pet1} eats only {food1}, the {pet2} only {food2}.",
             "{name}'s {pet1} lives on {food1} and the {pet2} on {food2}.",
             "Give {food1} to the {pet1} and {food2} to the {pet2}, said {name}."],
            ["What does the {pet1} eat?", "What can I feed the {pet1}?", "The {pet1} is hungry. What now?"],
            ["The {pet1} eats {}.", "Feed the {pet1} some {}.", "For the {pet1} there is {}."],
            ["The {pet1} will thank you.", "Fill the bowl to the top."],
            "{food1}", "{food2}"),
    ];

    public static readonly Scene[] LostThings =
    [
        new(["{name} left the {thing1} in the {place1} and the {thing2} in the {place2}.",
             "A magpie took the {thing1} to the {place1} and the {thing2} to the {place2}.",
             "Last night {name} hid the {thing1} in the {place1} and the {thing2} in the {place2}."],
            ["Where is the {thing1} now?", "Where did the {thing1} go?", "Where should I look for the {thing1}?", "Have you seen the {thing1}?"],
            ["The {thing1} is in the {}.", "Look for the {thing1} in the {}.", "You will find the {thing1} in the {}."],
            ["Nobody will miss the {thing1} before lunch.", "The {thing1} cannot run away."],
            "{place1}", "{place2}") { AskedSecond = true },
        new(["{name1} borrowed the {thing1} and {name2} borrowed the {thing2}.",
             "I lent the {thing1} to {name1} and the {thing2} to {name2}.",
             "The {thing1} belongs to {name1}, the {thing2} to {name2}."],
            ["Who has the {thing1}?", "Whom do I ask for the {thing1}?", "I need the {thing1}. Who has it?"],
            ["The {thing1} is with {}.", "Ask {} for the {thing1}.", "{} has the {thing1}."],
            ["You will get the {thing1} back.", "Be kind about the {thing1}."],
            "{name1}", "{name2}"),
    ];

    public static readonly Scene[] Journeys =
    [
        new(["{name} goes to {city1} on {day1} and to {city2} on {day2}.",
             "On {day1} our train leaves for {city1}, on {day2} for {city2}.",
             "I fly to {city1} on {day1} and to {city2} on {day2}."],
            ["When is the trip to {city1}?", "On which day is {city1}?", "Which day is for {city1}?"],
            ["The trip to {city1} is on {}.", "The day for {city1} is {}.", "It is {city1} on {}."],
            ["Pack for {city1} in time.", "Enjoy {city1}."],
            "{day1}", "{day2}") { AskedSecond = true },
        new(["The bus to {city1} is {colour1} and the bus to {city2} is {colour2}.",
             "A {colour1} train goes to {city1}, a {colour2} train to {city2}.",
             "For {city1} {name} takes the {colour1} boat and for {city2} the {colour2} one."],
            ["What colour takes me to {city1}?", "Which one goes to {city1}?", "I want to see {city1}. Which one do I take?"],
            ["For {city1} take the {} one.", "To {city1} it is the {} one.", "The {} one goes to {city1}."],
            ["Ask for a window seat to {city1}.", "It is far to {city1}."],
            "{colour1}", "{colour2}"),
        new(["{name1} grew up in {city1} and {name2} grew up in {city2}.",
             "{name1} comes from {city1}, but {name2} comes from {city2}.",
             "This is {name1} from {city1} and that is {name2} from {city2}."],
            ["Where does {name1} come from?", "Where is {name1} from?", "What is the home town of {name1}?"],
            ["{name1} comes from {}.", "{name1} is from {}.", "The home town of {name1} is {}."],
            ["{name1} still has friends there.", "{name1} goes home in the summer."],
            "{city1}", "{city2}") { AskedSecond = true },
    ];

    public static readonly Scene[] Meals =
    [
        new(["{name1} ordered the {food1} and {name2} ordered the {food2}.",
             "The {food1} is for {name1}, the {food2} for {name2}.",
             "{food1} for {name1}, {food2} for {name2}, and a coffee for me."],
            ["Who gets the {food1}?", "Who is waiting for the {food1}?", "The {food1} is ready. Who gets it?"],
            ["The {food1} is for {}.", "Bring the {food1} to {}.", "{} gets the {food1}."],
            ["The {food1} smells good.", "Serve the {food1} while it is warm."],
            "{name1}", "{name2}"),
        new(["On {day1} we cook {food1} and on {day2} {food2}.",
             "{day1} is for {food1}, {day2} is for {food2}, says {name}.",
             "{name} makes {food1} on {day1} and {food2} on {day2}."],
            ["What do we eat on {day1}?", "What is for dinner on {day1}?", "What will be on the table on {day1}?"],
            ["On {day1} there is {}.", "On {day1} we eat {}.", "Dinner on {day1} is {}."],
            ["Be hungry on {day1}.", "Dinner is at seven."],
            "{food1}", "{food2}") { AskedSecond = true },
        new(["{name1} hates {food1} and {name2} hates {food2}.",
             "A plate of {food1} makes {name1} ill, a plate of {food2} makes {name2} ill.",
             "{name1} once fought with {food1}, {name2} with {food2}. Both lost."],
            ["What should I not cook for {name1}?", "What must I never serve {name1}?", "Which dish is bad for {name1}?"],
            ["Do not cook {} for {name1}.", "Never serve {name1} any {}.", "Keep {name1} away from {}."],
            ["{name1} eats everything else.", "{name1} will thank you for it."],
            "{food1}", "{food2}"),
    ];

    public static readonly Scene[] Hours =
    [
        new(["The {shop1} opens at {number1} and the {shop2} opens at {number2}.",
             "{name} is at the {shop1} at {number1} and at the {shop2} at {number2}.",
             "At {number1} we meet at the {shop1}, at {number2} at the {shop2}."],
            ["When do I go to the {shop1}?", "At what time is the {shop1}?", "What is the hour for the {shop1}?"],
            ["Go to the {shop1} at {}.", "The {shop1} is at {}.", "Be at the {shop1} at {}."],
            ["The {shop1} is worth it.", "Do not be late for the {shop1}."],
            "{number1}", "{number2}") { AskedSecond = true },
        new(["Spell {number1} makes a {pet1} and spell {number2} makes a {pet2}.",
             "To get a {pet1} {name} says spell {number1}, to get a {pet2} spell {number2}.",
             "The {pet1} comes out of spell {number1}, the {pet2} out of spell {number2}."],
            ["Which spell makes a {pet1}?", "What is the spell for a {pet1}?", "I need a {pet1}. Which spell is it?"],
            ["For a {pet1} say spell {}.", "The {pet1} comes with spell {}.", "Say spell {} for a {pet1}."],
            ["Hold the wand straight for a {pet1}.", "The {pet1} may be cross with you."],
            "{number1}", "{number2}"),
        new(["{name1} lives on floor {number1} and {name2} lives on floor {number2}.",
             "On floor {number1} {name1} plays drums, on floor {number2} {name2} sleeps.",
             "The lift stops at {number1} for {name1} and at {number2} for {name2}."],
            ["On which floor is {name1}?", "Which floor for {name1}?", "I bring cake to {name1}. Which floor is it?"],
            ["{name1} is on floor {}.", "For {name1} go to floor {}.", "You find {name1} on floor {}."],
            ["Ring twice at {name1}'s door.", "{name1} will be pleased."],
            "{number1}", "{number2}") { AskedSecond = true },
    ];

    public static readonly Scene[] Presents =
    [
        new(["{name1} wishes for a {gift1} and {name2} for a {gift2}.",
             "A {gift1} would please {name1}, a {gift2} would please {name2}.",
             "{name1} looks at the {gift1} in the window, {name2} at the {gift2}."],
            ["What does {name1} wish for?", "What can I buy for {name1}?", "It is {name1}'s birthday. What do I bring?"],
            ["Buy {name1} a {}.", "{name1} wishes for a {}.", "{name1} would love a {}."],
            ["{name1} will be happy.", "Put a ribbon on it for {name1}."],
            "{gift1}", "{gift2}"),
        new(["{name} swapped the {gift1} for {number1} eggs and the {gift2} for {number2} eggs.",
             "The {gift1} is worth {number1} eggs, the {gift2} is worth {number2} eggs.",
             "You get {number1} eggs for the {gift1} and {number2} eggs for the {gift2}."],
            ["How many eggs for the {gift1}?", "What is the {gift1} worth?", "What do I get for the {gift1}?"],
            ["The {gift1} is worth {} eggs.", "For the {gift1} you get {} eggs.", "It is {} eggs for the {gift1}."],
            ["A {gift1} is never cheap.", "That is fair for a {gift1}."],
            "{number1}", "{number2}") { AskedSecond = true },
        new(["{name1} signs every letter with {emoji1} and {name2} with {emoji2}.",
             "A card with {emoji1} is from {name1}, a card with {emoji2} is from {name2}.",
             "{name1} paints {emoji1} on the cake, {name2} paints {emoji2}."],
            ["Which sign is {name1}'s?", "Which picture belongs to {name1}?", "How do I know that it is from {name1}?"],
            ["The sign of {name1} is {}.", "{name1} always draws {}.", "Look for {}, that is {name1}."],
            ["{name1} draws well.", "The picture suits {name1}."],
            "{emoji1}", "{emoji2}"),
    ];
}
