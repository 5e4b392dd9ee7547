package io.github.attn4j.bench.picture;

/**
 * Letters of 5 x 7 pixels, and one below the line, for ASCII, drawn here, so that pictures need no
 * fonts of the system.
 */
final class PixelFont {
  static final int WIDTH = 5;
  static final int HEIGHT = 8;

  /** From one character to the next. */
  static final int ADVANCE = 6;

  /** Pixels of the picture for one of a letter's. */
  static final int SCALE = 2;

  private static final char FIRST = ' ';

  /** Each character's columns from left to right, two hexadecimal digits each; bit 0 is the top. */
  private static final String[] COLUMNS = {
    "0000000000",
    "00005F0000",
    "0007000700",
    "147F147F14",
    "242A7F2A12",
    "2313086462", // space ! " # $ %
    "3649552250",
    "0005030000",
    "001C224100",
    "0041221C00",
    "14083E0814",
    "08083E0808", // & ' ( ) * +
    "0050300000",
    "0808080808",
    "0060600000",
    "2010080402", // , - . /
    "3E5149453E",
    "00427F4000",
    "4261514946",
    "2141454B31",
    "1814127F10", // 0 1 2 3 4
    "2745454539",
    "3C4A494930",
    "0171090503",
    "3649494936",
    "064949291E", // 5 6 7 8 9
    "0036360000",
    "0056360000",
    "0814224100",
    "1414141414",
    "0041221408",
    "0201510906", // : ; < = > ?
    "324979413E",
    "7E1111117E",
    "7F49494936",
    "3E41414122",
    "7F4141221C",
    "7F49494941", // @ A B C D E
    "7F09090901",
    "3E4149497A",
    "7F0808087F",
    "00417F4100",
    "2040413F01",
    "7F08142241", // F G H I J K
    "7F40404040",
    "7F020C027F",
    "7F0408107F",
    "3E4141413E",
    "7F09090906",
    "3E4151215E", // L M N O P Q
    "7F09192946",
    "4649494931",
    "01017F0101",
    "3F4040403F",
    "1F2040201F",
    "3F4038403F", // R S T U V W
    "6314081463",
    "0708700807",
    "6151494543",
    "007F414100",
    "0204081020",
    "0041417F00", // X Y Z [ \ ]
    "0402010204",
    "4040404040",
    "0001020400", // ^ _ `
    "2054545478",
    "7F48444438",
    "3844444420",
    "384444487F",
    "3854545418",
    "087E090102", // a b c d e f
    "18A4A4A47C",
    "7F08040478",
    "00447D4000",
    "4080847D00",
    "7F10284400",
    "00417F4000", // g h i j k l
    "7C04180478",
    "7C08040478",
    "3844444438",
    "FC44444438",
    "38444444FC",
    "7C08040408", // m n o p q r
    "4854545420",
    "043F444020",
    "3C4040207C",
    "1C2040201C",
    "3C4030403C",
    "4428102844", // s t u v w x
    "1CA0A0A07C",
    "4464544C44",
    "0008364100",
    "00007F0000",
    "0041360800",
    "0804081008" // y z { | } ~
  };

  private PixelFont() {}

  /** Pixels of one of a character's columns; a box for what has no letter here. */
  static int column(char character, int column) {
    int index = character - FIRST;
    if (index < 0 || index >= COLUMNS.length) {
      return column == 0 || column == WIDTH - 1 ? 0x7F : 0x41;
    }
    return Integer.parseInt(COLUMNS[index], 2 * column, 2 * column + 2, 16);
  }

  /** Pixels of the picture that a text takes from left to right. */
  static int width(String text) {
    return text.length() * ADVANCE * SCALE;
  }
}
