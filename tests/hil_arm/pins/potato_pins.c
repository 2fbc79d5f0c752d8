// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The two GPIO chips of a Le Potato without a Le Potato: their labels, as many lines, and, as from
 * the board's own driver, no edge events. Debian's kernel has no simulated chips.
 *
 *   grounded   the line of periphs-banks that a closed switch connects to ground; -1: none.
 *              Every other input reads high, as if pulled up.
 *   changes    how often an output of either chip has changed its level
 */
#include <linux/bitmap.h>
#include <linux/gpio/driver.h>
#include <linux/module.h>

#define MOST_LINES 100

static int grounded = -1;
module_param(grounded, int, 0644);
static int changes;
module_param(changes, int, 0444);

struct bank {
	struct gpio_chip chip;
	DECLARE_BITMAP(output, MOST_LINES);
	DECLARE_BITMAP(high, MOST_LINES);
};

static struct bank always_on, peripherals;

static int get_direction(struct gpio_chip *chip, unsigned int line)
{
	struct bank *bank = gpiochip_get_data(chip);

	return test_bit(line, bank->output) ? GPIO_LINE_DIRECTION_OUT : GPIO_LINE_DIRECTION_IN;
}

static int direction_input(struct gpio_chip *chip, unsigned int line)
{
	struct bank *bank = gpiochip_get_data(chip);

	clear_bit(line, bank->output);
	return 0;
}

static void set(struct gpio_chip *chip, unsigned int line, int level)
{
	struct bank *bank = gpiochip_get_data(chip);

	if (!!level != test_bit(line, bank->high))
		changes++;
	assign_bit(line, bank->high, level);
}

static int direction_output(struct gpio_chip *chip, unsigned int line, int level)
{
	struct bank *bank = gpiochip_get_data(chip);

	set(chip, line, level);
	set_bit(line, bank->output);
	return 0;
}

static int get(struct gpio_chip *chip, unsigned int line)
{
	struct bank *bank = gpiochip_get_data(chip);

	if (test_bit(line, bank->output))
		return test_bit(line, bank->high);
	return !(bank == &peripherals && line == READ_ONCE(grounded));
}

static int add(struct bank *bank, const char *label, u16 lines)
{
	bank->chip = (struct gpio_chip){
		.label = label,
		.owner = THIS_MODULE,
		.base = -1,
		.ngpio = lines,
		.get_direction = get_direction,
		.direction_input = direction_input,
		.direction_output = direction_output,
		.get = get,
		.set = set,
	};
	return gpiochip_add_data(&bank->chip, bank);
}

static int __init start(void)
{
	int failed = add(&always_on, "aobus-banks", 11);

	if (failed)
		return failed;
	failed = add(&peripherals, "periphs-banks", MOST_LINES);
	if (failed)
		gpiochip_remove(&always_on.chip);
	return failed;
}

static void __exit stop(void)
{
	gpiochip_remove(&peripherals.chip);
	gpiochip_remove(&always_on.chip);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("A Le Potato's GPIO chips, simulated");
MODULE_LICENSE("Dual MIT/GPL");
