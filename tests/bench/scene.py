"""Moving content for the bench's X server: what a busy desktop shows.

    scene.py PICTURES_DIR busy|desktop|light     on $DISPLAY, until killed

The desktop has a smooth background, a terminal that scrolls coloured text, another in which
somebody types, and a window with a photograph that is dragged about now and then. The busy scene
has a photograph as background and a small film of photographs as well, scrolls faster than
anybody reads, and drags more. The light scene has the two terminals only, and scrolls slowly.
Run with "text RATE" or "typing" in place of PICTURES_DIR it is the program inside the terminals.
"""
import math
import os
import random
import signal
import subprocess
import sys
import time

WORDS = ('static const struct int return if else for while NULL void char size data frame width '
         'height buffer packet stream index error offset block update pixel').split()


def scroll_text(lines_per_second):
    rng = random.Random(7)
    number = 0
    while True:
        words = ' '.join(rng.choice(WORDS) for _ in range(rng.randrange(1, 14)))
        print(f'\033[{rng.choice((0, 0, 0, 1, 31, 32, 33, 34, 35, 36))}m{number:6d}: {words}'
              '\033[0m', flush=True)
        number += 1
        time.sleep(1 / lines_per_second)


def type_text():
    rng = random.Random(3)
    while True:
        word = rng.choice(WORDS)
        for letter in word + ' ;\n'[rng.choice((0, 0, 0, 0, 1, 2))]:
            print(letter, end='', flush=True)
            time.sleep(0.06)


def terminal(title, geometry, *program):
    return subprocess.Popen(['xterm', '-title', title, '-geometry', geometry,
                             '-fa', 'DejaVu Sans Mono', '-fs', '9',
                             '-e', sys.executable, __file__, *program])


def show(*command):
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def drag(title, rest):
    """Moves the window in a circle for two seconds, rests, and again."""
    found = subprocess.run(['xdotool', 'search', '--sync', '--name', f'^{title}$'],
                           capture_output=True, text=True)
    window = found.stdout.split()[-1]
    step = 0
    while True:
        for _ in range(50):
            x = int(900 + 600 * math.sin(step / 25))
            y = int(380 + 250 * math.cos(step / 25))
            subprocess.run(['xdotool', 'windowmove', window, str(x), str(y)])
            step += 1
            time.sleep(0.04)
        time.sleep(rest)


def convert(*args):
    subprocess.run(['convert', *args], check=True)


def make_window(folder):
    """The dragged window: a title bar, lines of text on white, one photograph."""
    rng = random.Random(11)
    lines = [' '.join(rng.choice(WORDS) for _ in range(6)) for _ in range(22)]
    convert('-size', '700x30', 'gradient:#4a6ea8-#24406a', '(', '-size', '700x390', 'xc:white',
            ')', '-append', '-font', 'DejaVu-Sans', '-pointsize', '12',
            *(arg for n, line in enumerate(lines)
              for arg in ('-annotate', f'+12+{52 + 17 * n}', line)),
            '(', f'{folder}/background.png', '-crop', '240x180+700+300', '+repage', ')',
            '-geometry', '+430+60', '-composite', f'{folder}/window.png')


def make_pictures(folder):
    """A background and a film of 40 pictures with the grain and the edges of photographs."""
    if os.path.exists(f'{folder}/film39.png'):
        return
    os.makedirs(folder, exist_ok=True)
    convert('-size', '1920x1080', '-seed', '5', 'plasma:tomato-steelblue',
            '(', '-clone', '0', '-roll', '+333+111', '-solarize', '50%', ')',
            '-compose', 'overlay', '-composite', '-blur', '0x1.2',
            '-attenuate', '0.05', '+noise', 'gaussian', f'{folder}/background.png')
    convert(f'{folder}/background.png', '-blur', '0x25', f'{folder}/smooth.png')
    make_window(folder)
    for n in range(40):
        turn = 2 * math.pi * n / 40
        x, y = int(560 + 500 * math.cos(turn)), int(300 + 250 * math.sin(turn))
        convert(f'{folder}/background.png', '-crop', f'480x300+{x}+{y}', '+repage',
                f'{folder}/film{n:02d}.png')


def play(folder, scene):
    terminal('log', '130x60+20+20', 'text', {'busy': '40', 'desktop': '8', 'light': '4'}[scene])
    terminal('editor', '90x30+1150+20', 'typing')
    if scene == 'light':
        signal.pause()
    show('display', '-window', 'root',
         f'{folder}/{"background" if scene == "busy" else "smooth"}.png')
    if scene == 'busy':
        show('animate', '-title', 'film', '-geometry', '+1200+560', '-delay', '10', '-loop', '0',
             *(f'{folder}/film{n:02d}.png' for n in range(40)))
    show('display', '-title', 'dragged', '-geometry', '+900+300', f'{folder}/window.png')
    drag('dragged', 3 if scene == 'busy' else 8)


if __name__ == '__main__':
    if sys.argv[1] == 'text':
        scroll_text(float(sys.argv[2]))
    elif sys.argv[1] == 'typing':
        type_text()
    else:
        play(*sys.argv[1:3])
